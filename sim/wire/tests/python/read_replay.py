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
from tiltyard.EventKind import EventKind  # noqa: E402
from tiltyard.Replay import Replay  # noqa: E402

BYTES_MAX = 4 * 1024 * 1024
LACED_MORE = 255
WIDE = -32768
NOBODY = 255
TAKES = (EventKind.Damage, EventKind.Critical, EventKind.Vanish)
GIVES = (EventKind.Heal, EventKind.Enter, EventKind.Resurrect)


def column(length, value):
    """Yields a scalar vector, of which the generated code gives a length and a value by index."""
    return (value(index) for index in range(length))


def unlace(values):
    """Yields the numbers of a laced column: a sum of bytes up to and including the first below 255."""
    number = 0
    for byte in values:
        number += byte
        if byte != LACED_MORE:
            yield number
            number = 0


def events_of(replay, segment, start_tick):
    """Yields (tick, kind, target, amount) of a segment."""
    laters = unlace(column(segment.EventTicksLength(), segment.EventTicks))
    verbs = unlace(column(segment.EventVerbsLength(), segment.EventVerbs))
    wide = column(segment.EventWideAmountsLength(), segment.EventWideAmounts)
    tick = start_tick
    for index in range(segment.EventTargetsLength()):
        tick += next(laters)
        kind = replay.Verbs(next(verbs)).Kind()
        amount = segment.EventAmounts(index)
        yield tick, kind, segment.EventTargets(index), next(wide) if amount == WIDE else amount


def paths_of(replay, segment, start_tick):
    """Returns the waypoints (tick, x, y) of each slot."""
    paths, row = [], 0
    for slot in range(segment.WaypointRowsLength()):
        start = segment.Keyframe(slot).Position(_point())
        tick, x, y = start_tick, start.X(), start.Y()
        path = [(tick, x, y)]
        for _ in range(segment.WaypointRows(slot)):
            later = segment.WaypointTicks(row)
            tick += later
            x += replay.StepCm() * segment.WaypointDx(row)
            y += replay.StepCm() * segment.WaypointDy(row)
            row += 1
            # A row without ticks belongs to the next one.
            if later:
                path.append((tick, x, y))
        paths.append(path)
    return paths


def _point():
    from tiltyard.Point import Point

    return Point()


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
    first = replay.Segments(0)
    health = [first.Keyframe(slot).Health() for slot in range(replay.SeatsLength())]
    seen, count, start_tick = {}, 0, 0
    for index in range(replay.SegmentsLength()):
        segment = replay.Segments(index)
        keyframe = [segment.Keyframe(slot).Health() for slot in range(replay.SeatsLength())]
        if keyframe != health:
            raise SystemExit(f"segment {index} begins with {keyframe}, the events before it end with {health}")
        events = list(events_of(replay, segment, start_tick))
        paths = paths_of(replay, segment, start_tick)
        end_tick = start_tick + segment.Ticks()
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
        "classes": [replay.Classes(index).decode() for index in range(replay.ClassesLength())],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
