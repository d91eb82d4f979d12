"""Certificates: names as printed, numbers, facts, issue, reissue, revoke."""
