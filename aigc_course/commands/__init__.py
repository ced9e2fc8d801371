"""The commands of `aigc`, one module each. None loads torch before it runs."""
