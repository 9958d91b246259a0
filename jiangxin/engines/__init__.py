"""Pure computation: bytes, arrays and open connections in, frozen values out."""
