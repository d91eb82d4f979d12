"""The pages of institutions, ranks, posts and crisis centers."""
