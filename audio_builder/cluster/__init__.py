"""The sessions of a batch on the workers of a Dask cluster, by way of a shared store."""
