"""What a store can do, one small protocol for each subject."""
