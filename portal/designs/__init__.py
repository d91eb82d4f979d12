"""The design of certificates: templates, logos, specimens."""
