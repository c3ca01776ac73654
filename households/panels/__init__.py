"""What each subject shows on the page of a household and of a settlement."""
