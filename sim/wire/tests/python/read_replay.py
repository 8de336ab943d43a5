"""Plays a stored replay without any rules, as a client in another language would, and prints what it saw as JSON.

    read_replay.py GENERATED FILE TICK [TICK..]

GENERATED is the folder of the code that flatc made of protocol/schema, FILE a replay as it is stored. Health is followed
from the line-up to the end by the events alone; each later keyframe must agree. Positions come from the waypoints.
"""

import json
import sys

GENERATED, FILE, *TICKS = sys.argv[1:]
sys.path.insert(0, GENERATED)

import zstandard  # noqa: E402
from tiltyard.Aim import Aim  # noqa: E402
from tiltyard.EventKind import EventKind  # noqa: E402
from tiltyard.Point import Point  # noqa: E402
from tiltyard.Replay import Replay  # noqa: E402

BYTES_MAX = 4 * 1024 * 1024
LACED_MORE = 240
NOBODY = 255
TAKES = (EventKind.Damage, EventKind.Critical, EventKind.Vanish)
GIVES = (EventKind.Heal, EventKind.Enter, EventKind.Resurrect)


def unlace(column):
    """Yields the numbers of a laced column."""
    number, unit = 0, 1
    for byte in column:
        number += byte * unit
        unit *= 16
        if byte < LACED_MORE:
            yield number
            number, unit = 0, 1


def signed(number):
    """Returns the number that a signed one of a laced column stands for."""
    return number // 2 if number % 2 == 0 else -(number + 1) // 2


def column(length, value):
    """Returns a scalar vector, of which the generated code gives a length and a value by index."""
    return [value(index) for index in range(length)]


def phrases_of(replay):
    """Returns each phrase as (deed, verbs); a verb is (kind, aim, amount or None for a listed one)."""
    kinds = column(replay.VerbKindsLength(), replay.VerbKinds)
    aims = column(replay.VerbAimsLength(), replay.VerbAims)
    amounts = unlace(column(replay.VerbAmountsLength(), replay.VerbAmounts))
    verbs = [(kind, aim, amount - 1 if amount else None) for kind, aim, amount in zip(kinds, aims, amounts)]
    counts = unlace(column(replay.DeedPhrasesLength(), replay.DeedPhrases))
    numbers = unlace(column(replay.PhraseVerbsLength(), replay.PhraseVerbs))
    phrases = []
    for deed, count in enumerate(counts):
        for _ in range(count):
            phrases.append((deed, [verbs[number - 1] for number in iter(lambda: next(numbers), 0)]))
    return phrases


class Columns:
    """Hands out each segment's part of the columns."""

    def __init__(self, replay):
        self.replay = replay
        self.taken = {}

    def take(self, name, length):
        """Returns the next elements of a column of bytes."""
        start = self.taken.get(name, 0)
        self.taken[name] = start + length
        value = getattr(self.replay, name)
        return [value(index) for index in range(start, start + length)]


def events_of(replay, phrases, columns, segment, start_tick):
    """Yields (tick, kind, target, amount) of a segment."""
    laters = unlace(columns.take("EventTicks", segment.EventTicks()))
    numbers = unlace(columns.take("EventPhrases", segment.EventPhrases()))
    targets = unlace(columns.take("EventTargets", segment.EventTargets()))
    amounts = unlace(columns.take("EventAmounts", segment.EventAmounts()))
    tick, last_targets, last_amounts = start_tick, {}, {}
    for later, number in zip(laters, numbers):
        tick += later
        deed, verbs = phrases[number]
        target = NOBODY
        for kind, aim, amount in verbs:
            if aim == Aim.Nobody:
                target = NOBODY
            elif aim == Aim.Source:
                target = replay.DeedSources(deed)
            elif aim == Aim.Listed:
                code = next(targets)
                target = code - 1 if code else last_targets[deed]
                last_targets[deed] = target
            if amount is None:
                amount = last_amounts.get((deed, kind), 0) + signed(next(amounts))
                last_amounts[(deed, kind)] = amount
            yield tick, kind, target, amount


def paths_of(replay, columns, segment, keyframe, start_tick):
    """Returns the waypoints (tick, x, y) of each slot."""
    numbers = unlace(columns.take("Waypoints", segment.Waypoints()))
    paths = []
    for unit in keyframe:
        start = unit.Position(Point())
        tick, x, y = start_tick, start.X(), start.Y()
        path = [(tick, x, y)]
        for _ in range(next(numbers)):
            wait, ticks = next(numbers), next(numbers)
            path.append((tick + wait, x, y))
            tick += wait + ticks
            x += replay.StepCm() * signed(next(numbers))
            y += replay.StepCm() * signed(next(numbers))
            path.append((tick, x, y))
        paths.append(path)
    return paths


def position_at(path, tick):
    """Returns where a path is at a tick, rounded to the nearest centimetre, halves up."""
    before = max(point for point in path if point[0] <= tick)
    after = [point for point in path if point[0] > tick]
    if not after:
        return list(before[1:])
    done, whole = tick - before[0], after[0][0] - before[0]
    return [start + (2 * (end - start) * done + whole) // (2 * whole) for start, end in zip(before[1:], after[0][1:])]


def play(replay, ticks):
    """Follows the whole replay and returns what the test compares."""
    slots = replay.SeatsLength()
    health = [replay.Keyframes(slot).Health() for slot in range(slots)]
    phrases, columns = phrases_of(replay), Columns(replay)
    seen, count, start_tick = {}, 0, 0
    for index in range(replay.SegmentsLength()):
        segment = replay.Segments(index)
        units = [replay.Keyframes(index * slots + slot) for slot in range(slots)]
        keyframe = [unit.Health() for unit in units]
        if keyframe != health:
            raise SystemExit(f"segment {index} begins with {keyframe}, the events before it end with {health}")
        events = list(events_of(replay, phrases, columns, segment, start_tick))
        paths = paths_of(replay, columns, segment, units, start_tick)
        end_tick = min(start_tick + replay.SegmentTicks(), replay.Outcome().Ticks())
        for tick in range(start_tick + 1, end_tick + 1):
            while events and events[0][0] == tick:
                _, kind, target, amount = events.pop(0)
                count += 1
                if target != NOBODY and kind in TAKES:
                    health[target] -= amount
                elif target != NOBODY and kind in GIVES:
                    health[target] += amount
            if tick in ticks:
                places = [position_at(path, tick) for path in paths]
                seen[str(tick)] = {"health": list(health), "positions": places}
        if events:
            raise SystemExit(f"segment {index} has events after its end")
        start_tick = end_tick
    return {"health": health, "events": count, "seen": seen, "ticks_played": start_tick}


def main():
    with open(FILE, "rb") as file:
        data = zstandard.ZstdDecompressor().decompress(file.read(), max_output_size=BYTES_MAX)
    if not Replay.ReplayBufferHasIdentifier(data, 0):
        raise SystemExit("not a replay")
    replay = Replay.GetRootAs(data)
    outcome = replay.Outcome()
    told = play(replay, {int(tick) for tick in TICKS})
    told |= {
        "format": replay.Format(),
        "ticks": outcome.Ticks(),
        "winner": outcome.Winner(),
        "state_hash": f"{outcome.StateHash():016x}",
        "rules": replay.Versions().Rules(),
        "classes": replay.Classes().decode().split(" "),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
