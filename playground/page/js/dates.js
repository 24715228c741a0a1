// Times as the reader's zone has them: the zone of the person acted as, not of the machine.

import { now, timeZone } from "./store.js";

const formats = new Map();

function format(date, options) {
  const zone = timeZone();
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) {
    let made;
    try {
      made = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
    } catch {
      made = new Intl.DateTimeFormat("en-US", options);
    }
    formats.set(key, made);
  }
  return formats.get(key).format(date);
}

const fromTs = (ts) => new Date(Number(ts) * 1000);

export function clockTime(ts) {
  return format(fromTs(ts), { hour: "numeric", minute: "2-digit" });
}

export function fullTime(ts) {
  return format(fromTs(ts), {
    weekday: "long",
    month: "long",
    day: "numeric",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
  });
}

/** The day of a time stamp as "2026-11-22" in the reader's zone. */
export function dayKey(ts) {
  const [m, d, y] = format(fromTs(ts), { year: "numeric", month: "2-digit", day: "2-digit" }).split("/");
  return `${y}-${m}-${d}`;
}

function ordinal(n) {
  const tail = n % 100 >= 11 && n % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[n % 10] ?? "th");
  return `${n}${tail}`;
}

function nearDay(ts) {
  const key = dayKey(ts);
  const today = now();
  if (key === dayKey(today)) return "Today";
  if (key === dayKey(today - 86400)) return "Yesterday";
  if (key === dayKey(today + 86400)) return "Tomorrow";
  return null;
}

export function dayLabel(ts) {
  const near = nearDay(ts);
  if (near) return near;
  const date = fromTs(ts);
  const part = (name, length = "long") => format(date, { [name]: length });
  const stem = `${part("weekday")}, ${part("month")} ${ordinal(Number(part("day", "numeric")))}`;
  const year = dayKey(ts).slice(0, 4);
  return year === dayKey(now()).slice(0, 4) ? stem : `${stem}, ${year}`;
}

function ago(ts) {
  const seconds = Number(ts) - now();
  const steps = [
    ["year", 31557600],
    ["month", 2629800],
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const [unit, size] = steps.find(([, n]) => Math.abs(seconds) >= n) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en-US", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

const DATE_PARTS = {
  date_num: (ts) => dayKey(ts),
  date: (ts) =>
    `${format(fromTs(ts), { month: "long" })} ${ordinal(Number(format(fromTs(ts), { day: "numeric" })))}, ${dayKey(ts).slice(0, 4)}`,
  date_short: (ts) => format(fromTs(ts), { month: "short", day: "numeric", year: "numeric" }),
  date_long: (ts) => format(fromTs(ts), { weekday: "long", month: "long", day: "numeric", year: "numeric" }),
  time: (ts) => clockTime(ts),
  time_secs: (ts) => format(fromTs(ts), { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  day_divider_pretty: (ts) => dayLabel(ts),
  ago: (ts) => ago(ts),
};

/** What `<!date^ts^pattern|fallback>` reads as; null when the pattern or the time stamp is not one of Slack's. */
export function slackDate(ts, pattern) {
  if (!Number.isFinite(Number(ts)) || ts === "") return null;
  let unknown = false;
  const text = pattern.replace(/\{([a-z_]+)\}/g, (_, name) => {
    const pretty = name.endsWith("_pretty") && name !== "day_divider_pretty";
    const part = DATE_PARTS[pretty ? name.slice(0, -7) : name];
    if (!part) unknown = true;
    return (pretty && nearDay(ts)?.toLowerCase()) || part?.(ts) || "";
  });
  return unknown ? null : text;
}

/** Seconds since 1970 of a wall-clock text "2026-11-22T14:30" in the reader's zone. */
export function wallToEpoch(wall) {
  const asUtc = Date.parse(`${wall}:00Z`) / 1000;
  if (!Number.isFinite(asUtc)) return null;
  // Two rounds settle the offset also next to a change of the clocks.
  let guess = asUtc;
  for (let i = 0; i < 2; i += 1) guess += asUtc - Date.parse(`${epochToWall(guess)}:00Z`) / 1000;
  return guess;
}

/** The wall-clock text of an instant in the reader's zone, as a datetime-local input wants it. */
export function epochToWall(ts) {
  const time = format(fromTs(ts), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return `${dayKey(ts)}T${time}`;
}
