"""The boards in a browser when there is no Grafana: the same definitions, the same SQL, served on loopback."""
