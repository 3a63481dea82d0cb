"""Customer segmentation, survival-based churn and lifetime value."""
