"""ZooKeeper itself: its Java, its jars, its servers and how to ask them."""
