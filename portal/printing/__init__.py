"""Facts and a template become a PDF, in a child process."""
