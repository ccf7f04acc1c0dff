"""The mathematics of the network; of the outside world it knows NumPy alone."""
