"""What perceptual attacks need of a batch: smoothing, colour difference, structural similarity."""
