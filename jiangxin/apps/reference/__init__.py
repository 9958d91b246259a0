"""Administrative divisions, national code lists, school calendar."""
