"""The revisions of the schema, in their order. The first digits of a number are its era, the last its place in it."""
