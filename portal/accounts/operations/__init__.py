"""What happens to accounts, their sign-ins and their keys."""
