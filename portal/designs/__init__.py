"""Edit a certificate's template and logos, print a specimen."""
