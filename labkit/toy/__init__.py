"""The toy Kafka: small real processes that write to ZooKeeper what the real ones wrote. Made to be read."""
