// Days in a time zone, and the moments at which they begin.

/** The moment in UTC (RFC 3339) at which the day that is `later` days after `day` begins in the time zone. */
export function midnight(day, later, timeZone) {
  const [year, month, date] = day.split("-").map(Number);
  const utc = Date.UTC(year, month - 1, date + later);
  // Twice, since the first guess may lie on the other side of a change of the clock.
  let moment = utc - offset(utc, timeZone);
  moment = utc - offset(moment, timeZone);
  return new Date(moment).toISOString().replace(".000Z", "Z");
}

/** The day (YYYY-MM-DD) of a moment in the time zone, `earlier` milliseconds before it. */
export function dayOf(moment, earlier, timeZone) {
  const time = Date.parse(moment) - earlier;
  if (Number.isNaN(time)) return "";
  return new Date(time + offset(time, timeZone)).toISOString().slice(0, 10);
}

/** Milliseconds that the clocks of a time zone are ahead of UTC at a moment. */
function offset(moment, timeZone) {
  const options = {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  };
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en", options).formatToParts(moment).map(({ type, value }) => [type, Number(value)]),
  );
  return (
    Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) -
    Math.floor(moment / 1000) * 1000
  );
}
