"""Frame rate of the network graph while its slider is dragged, in headless Chromium."""
