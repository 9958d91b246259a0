"""What all apps share; a closed list of modules."""
