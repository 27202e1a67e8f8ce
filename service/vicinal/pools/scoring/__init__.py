"""The numbers of one pool, kept up with its items: votes, graph, densities, filters."""
