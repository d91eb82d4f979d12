"""What is done with nominations and registrations, one module for each kind of act."""
