"""What participants are told of a training: by mail, and by messenger where there is no address."""
