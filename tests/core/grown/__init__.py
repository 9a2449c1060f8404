"""The migrations of core as if some of it had been added later: an older backup is brought through them."""
