"""What no linter knows of this image and this compose file; each broken rule is one line that says where and what."""

import fnmatch
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PINNED = re.compile(r"[^@\s]+:[^@\s]+@sha256:[0-9a-f]{64}$")
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z0-9_]+)([^}]*)\}")
# Seconds that a killer waits beyond the drain.
MARGIN = 5
wrong = []


def rule(holds, message):
    if not holds:
        wrong.append(message)


def read(path):
    return (ROOT / path).read_text()


def found(pattern, path):
    match = re.search(pattern, read(path))
    rule(match, f"{path}: nothing matches {pattern}")
    return match[1] if match else ""


def instructions(text):
    """The instructions of a Dockerfile, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    return [line.split(None, 1) for line in text.splitlines() if line.strip()]


def is_sent(path):
    """Whether .dockerignore lets a path of the root into the build context; the last rule that fits decides."""
    sent = True
    for line in read(".dockerignore").splitlines():
        pattern = line.strip().lstrip("!").strip("/")
        if pattern and not line.startswith("#") and fnmatch.fnmatch(path, pattern):
            sent = line.startswith("!")
    return sent


def image():
    lines = instructions(read("deploy/Dockerfile"))
    last = {name: arguments for name, arguments in lines}
    for name, arguments in lines:
        if name == "FROM":
            rule(PINNED.match(arguments.split()[0]), f"Dockerfile: {arguments.split()[0]} has no tag and digest")
        if name == "COPY" and "--from=" not in arguments:
            for source in arguments.split()[:-1]:
                rule((ROOT / source).exists(), f"Dockerfile: COPY {source}: there is no such thing")
                rule(is_sent(source), f"Dockerfile: COPY {source}: .dockerignore keeps it out of the context")
    copied = {source for name, arguments in lines if name == "COPY" for source in arguments.split()[:-1]}
    members = re.search(r"members = \[(.*?)\]", read("Cargo.toml"), re.S)[1]
    for folder in {member.split("/")[0] for member in re.findall(r'"([^"]+)"', members)}:
        rule(folder in copied, f"Dockerfile: cargo needs {folder}/ of the workspace, which no COPY names")
    for secret in [".env", "data", "deploy", "target", ".git"]:
        rule(not is_sent(secret), f".dockerignore: {secret} would get into the build context")
    toolchain = found(r'channel = "([^"]+)"', "rust-toolchain.toml")
    rule(f"rust:{toolchain}-" in read("deploy/Dockerfile"), f"Dockerfile: the builder is not Rust {toolchain}")
    version = found(r'\[workspace.package\]\nversion = "([^"]+)"', "Cargo.toml")
    rule(f"ARG VERSION={version}\n" in read("deploy/Dockerfile"), f"Dockerfile: VERSION is not {version}")
    build = " ".join(arguments for name, arguments in lines if name == "RUN")
    for flag in ["--locked", "--release", "--no-default-features"]:
        rule(flag in build, f"Dockerfile: cargo build without {flag}")
    rule(re.fullmatch(r"[1-9]\d*:[1-9]\d*", last.get("USER", "")), "Dockerfile: USER is not a number above 0")
    rule("healthcheck" in last.get("HEALTHCHECK", ""), "Dockerfile: the binary does not check its own health")


def seconds(text):
    return int(text[:-1]) * {"s": 1, "m": 60}[text[-1]]


def service(name, service):
    def holds(condition, message):
        rule(condition, f"compose.yaml: {name}: {message}")

    built = "build" in service
    holds(built or PINNED.match(service["image"]), "image without tag and digest")
    holds(service.get("read_only") is True, "its root can be written")
    holds(service.get("cap_drop") == ["ALL"] and not service.get("cap_add"), "it has capabilities")
    holds("no-new-privileges:true" in service.get("security_opt", []), "it may gain privileges")
    holds(not service.get("privileged") and service.get("network_mode") != "host", "it is not kept to itself")
    holds("user" in service or name == "s3", "it runs as the image's user")
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    holds({"cpus", "memory", "pids"} <= limits.keys(), "cpus, memory or pids has no limit")
    holds("max-size" in service.get("logging", {}).get("options", {}), "its log has no limit")
    holds("stop_grace_period" in service, "no stop_grace_period")
    one_shot = service.get("restart") == "no" and service.get("command", ["serve"])[0] in ("migrate", "audit")
    holds(one_shot or service.get("restart") == "unless-stopped", "nobody starts it again")
    holds(one_shot or "test" in service.get("healthcheck", {}), "no health check")
    for port in service.get("ports", []):
        holds(str(port).startswith("127.0.0.1:"), f"port {port} is open to other machines")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            holds((DEPLOY / source).is_file(), f"volume {source}: there is no such file")
            holds(volume.endswith(":ro"), f"volume {source} can be written")
    if built:
        whole = int(found(r"WHOLE: Duration = Duration::from_secs\((\d+)\)", "gateway/src/shutdown.rs"))
        holds(seconds(service["stop_grace_period"]) >= whole + MARGIN, f"it is killed before a drain of {whole} s ends")
        environment = service.get("environment", {})
        holds(environment.get("TILTYARD_ENVIRONMENT") == "production", "environment is not production")
        for key in [key for key in environment if key.startswith("TILTYARD_")]:
            known = key.removeprefix("TILTYARD_").lower().split("__")[-1]
            holds(f"{known} =" in read("gateway/src/config/default.toml"), f"no configuration key is called {key}")


def compose():
    text = read("deploy/compose.yaml")
    for name, settings in yaml.safe_load(text)["services"].items():
        service(name, settings)
    used = VARIABLE.findall(text)
    for name, default in used:
        rule(default.startswith(":?"), f"compose.yaml: ${{{name}}} may be empty")
    example = re.findall(r"^([A-Z0-9_]+)=(.*)$", read("deploy/.env.example"), re.M)
    names = {name for name, _ in used}
    rule(names == {name for name, _ in example}, f".env.example and compose.yaml differ: {names ^ set(dict(example))}")
    rule(not any(value for _, value in example), ".env.example: it holds a value")


image()
compose()
for message in wrong:
    print(message, file=sys.stderr)
sys.exit(1 if wrong else 0)
