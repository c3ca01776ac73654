"""Who puts it right, by when: problems, inspections, samples, responsibilities, dispatch and supervision."""
