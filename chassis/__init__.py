"""What every service needs; not one business word inside."""
