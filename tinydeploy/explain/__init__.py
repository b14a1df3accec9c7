"""What quantization did to a model: scales, multipliers, errors, drawn and told."""
