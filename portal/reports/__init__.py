"""What leaves the house in numbers: live counts for coordinators, frozen releases for donors."""
