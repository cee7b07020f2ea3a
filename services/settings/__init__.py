"""The features of a number: how they are set, what the network tells of it, and the notices that follow."""
