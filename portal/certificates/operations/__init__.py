"""Confirm names; issue, reissue and revoke certificates; verify them."""
