"""What `tools/gpu_check.py` is made of: the same code on two devices, compared."""
