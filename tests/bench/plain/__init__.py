"""A Django page as the tutorial would write it: one ModelForm, one table. What ours is held to."""
