"""Who is nominated, confirmed or waiting for a training, and how lists become registrations."""
