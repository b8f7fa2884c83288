"""Files of weights: what they hold is looked at before anything is read from them."""
