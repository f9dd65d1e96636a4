"""Networks that come in optional packages; `requirements-pretrained.txt` names them."""
