"""The pages of the name check, of certificates, of verifying and of the participant."""
