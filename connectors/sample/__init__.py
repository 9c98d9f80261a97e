"""The bundled sample: three invented days of an invented insurer, written by hand."""
