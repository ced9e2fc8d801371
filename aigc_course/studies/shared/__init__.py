"""What several studies share: small networks, how they are trained and judged."""
