"""What is done from time to time: retention and cleaning up."""
