"""The Kafka protocol: partitions by assignment, offsets from the warehouse, none in the broker."""

from __future__ import annotations

import time
from typing import Any

from detente.ingest.drafts import Failure
from detente.ingest.streams.messages import Message, Place, StreamError

_SECONDS = 10.0


class KafkaStream:
    """A topic. No consumer group: one consumer reads all partitions, the warehouse knows where."""

    def __init__(self, address: str, config: dict[str, str]) -> None:
        try:
            import confluent_kafka
        except ImportError as error:
            raise StreamError("Kafka needs an extra: pip install 'detente[kafka]'") from error
        brokers, _, topic = address.removeprefix("kafka://").partition("/")
        if not brokers or not topic:
            raise StreamError(f"{address}: give kafka://broker:port[,broker:port]/topic")
        self._kafka = confluent_kafka
        self._topic = topic
        self.name = f"kafka://{brokers}/{topic}"
        self._errors: list[str] = []
        self._consumer: Any = confluent_kafka.Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "detente",  # required, never used: partitions are assigned
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                # back-pressure: so much is fetched ahead while a batch is stored, no more
                "queued.max.messages.kbytes": 16_384,
                "error_cb": lambda error: self._errors.append(str(error)),
                **config,
            }
        )

    def start(self, offsets: dict[Place, str]) -> list[Failure]:
        missing: list[Failure] = []
        assigned = []
        for number in self._partitions():
            partition = self._kafka.TopicPartition(self._topic, number)
            first, _ = self._consumer.get_watermark_offsets(partition, timeout=_SECONDS)
            stored = offsets.get(Place(self.name, number))
            at = first if stored is None else int(stored)
            if at < first:
                message = f"{first - at} messages of partition {number} expired unread"
                missing.append(
                    Failure(f"{self.name}/{number}@{at}", "stream_gap", message, stage="fetch")
                )
                at = first
            partition.offset = at
            assigned.append(partition)
        self._consumer.assign(assigned)
        return missing

    def poll(self, limit: int, seconds: float) -> list[Message]:
        found = self._consumer.consume(max(1, limit), timeout=min(seconds, 0.5)) if limit else []
        messages = []
        for one in found:
            error = one.error()
            if error is not None:
                if error.retriable() or error.code() == self._kafka.KafkaError._PARTITION_EOF:
                    continue
                if error.code() == self._kafka.KafkaError._AUTO_OFFSET_RESET:
                    raise StreamError(
                        f"{self.name} has not what was to be read next ({error}): it is not the"
                        " topic that was read before; give the new one another name"
                    )
                raise StreamError(f"{self.name}: {error}")
            number, offset = one.partition(), one.offset()
            messages.append(
                Message(
                    Place(self.name, number),
                    str(offset + 1),
                    f"{self.name}/{number}@{offset}",
                    one.value() or b"",
                )
            )
        return messages

    def close(self) -> None:
        self._consumer.close()

    def _partitions(self) -> list[int]:
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                topics = self._consumer.list_topics(self._topic, timeout=_SECONDS).topics
            except self._kafka.KafkaException as error:
                known = "; ".join(self._errors[-1:])
                raise StreamError(f"no answer from {self.name}: {error} {known}") from error
            topic = topics.get(self._topic)
            if topic is not None and topic.error is None and topic.partitions:
                return sorted(topic.partitions)
            if time.monotonic() > deadline:
                raise StreamError(f"there is no topic {self._topic} at {self.name}")
            time.sleep(0.2)
