"""The replication report as one HTML page: no script, no external resource, light and dark, readable on a phone."""
import base64
from html import escape

import numpy as np

from .claims import IN_PART, NOT_MEASURED, NOT_REPLICATED, REPLICATED, VERDICTS
from .measurements import FAILS, HOLDS

PAPERS = {
    "RG24": "Refinetti & Goldt, The dynamics of representation learning in shallow, non-linear autoencoders (ICML 2022)",
    "PKK18": "Pretorius, Kroon & Kamper, Learning dynamics of linear denoising autoencoders (ICML 2018)",
    "KS24": "Kvalheim & Sontag, Why should autoencoders work? (TMLR 2024)",
    "this project": "Beyond the papers",
}
CLASSES = {REPLICATED: "yes", IN_PART: "part", NOT_REPLICATED: "no", NOT_MEASURED: "none"}
SOURCES = {"replicas": "spread over replicas", "fit": "fit", "resolution": "resolution"}

STYLE = """
:root { color-scheme: light dark; --paper: #fdfdfb; --ink: #1d2126; --soft: #5c646d; --line: #d9dcdf; --card: #f3f4f2;
  --yes: #00664b; --part: #8a5a00; --no: #a63a00; --none: #5c646d; --band: #9fd3c0; --link: #00568a; }
@media (prefers-color-scheme: dark) { :root { --paper: #16191c; --ink: #e6e8ea; --soft: #a3abb3; --line: #363c42; --card: #1f2428;
  --yes: #4cc9a0; --part: #e8b04a; --no: #f58a55; --none: #a3abb3; --band: #1f5a48; --link: #7cc4f0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1.08rem; margin-bottom: .3rem; }
a { color: var(--link); } p { margin: .5rem 0; } .soft { color: var(--soft); font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td.state { white-space: nowrap; } .basis { display: block; white-space: normal; max-width: 10rem; line-height: 1.25; } td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
.verdict { font-weight: 700; white-space: nowrap; } .yes { color: var(--yes); } .part { color: var(--part); } .no { color: var(--no); } .none { color: var(--none); }
.counts { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; list-style: none; } .counts li { background: var(--card); border-radius: .4rem; padding: .3rem .8rem; }
section.claim { margin-top: 2rem; } figure { margin: 1rem 0; } .wide { overflow-x: auto; } figure img { display: block; width: 100%; height: auto; background: #fff; border-radius: .3rem; }
figcaption { color: var(--soft); font-size: .9rem; } details { margin: .6rem 0; } summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--card); padding: .7rem; border-radius: .3rem; font-size: .8rem; line-height: 1.35; }
svg.range { display: block; width: 7.5rem; height: 1.1rem; } svg .band { fill: var(--band); } svg .mark { stroke: var(--ink); fill: var(--ink); stroke-width: 1.6; } svg .axis { stroke: var(--line); }
@media (max-width: 640px) {
  figure img { min-width: 40rem; } /* panels stay legible: the picture scrolls, the page does not */
  table.measured thead { display: none; } table.measured tr { display: grid; grid-template-columns: 1fr auto; column-gap: 1rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  table.measured td { border: 0; padding: .1rem 0; } table.measured td.what { grid-column: 1 / 3; } table.measured td.number { white-space: normal; }
  table.measured td.limit::before { content: "expected "; color: var(--soft); } .basis { max-width: none; } table.measured td.state { text-align: right; }
}
"""


def number(value, digits=3):
    """A number as people read it, to so many significant digits: 0.0108, 1.2·10⁻⁸."""
    if not np.isfinite(value):
        return "∞" if value == np.inf else "−∞" if value == -np.inf else "–"
    if value == 0:
        return "0"
    exponent = int(np.floor(np.log10(abs(value))))
    if -4 <= exponent < 6:
        return f"{value:.{max(digits - 1 - exponent, 0)}f}".replace("-", "−")
    power = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value / 10.0**exponent:.{digits - 1}f}·10{power}".replace("-", "−")


def with_error(value, error):
    """"0.0108 ± 0.0010": the uncertainty to two digits, the value to the same place."""
    if not np.isfinite(value):
        return "not measured"
    if not np.isfinite(error):
        return f"{number(value)} ± ?"
    if error == 0:
        return f"{number(value)} ± 0"
    place = int(np.floor(np.log10(error))) - 1
    largest = int(np.floor(np.log10(max(abs(value), error))))
    if largest >= -4 and place > -8:
        return f"{value:.{max(-place, 0)}f} ± {error:.{max(-place, 0)}f}".replace("-", "−")
    return f"{number(value, max(largest - place + 1, 1))} ± {number(error, 2)}"


def allowed(low, high):
    def plain(limit):
        return f"{limit:.4g}".replace("-", "−") if limit == 0 or 1e-4 <= abs(limit) < 1e5 else number(limit, 1)
    if np.isinf(low):
        return "any" if np.isinf(high) else f"≤ {plain(high)}"
    return f"≥ {plain(low)}" if np.isinf(high) else f"{plain(low)} to {plain(high)}"


def strip(measurement):
    """The range as a band, the value as a mark with its whisker: an inline picture, 120 × 16."""
    low, high, value = measurement.low, measurement.high, measurement.value
    error = measurement.uncertainty if np.isfinite(measurement.uncertainty) else 0.0
    if not np.isfinite(value):
        return ""
    one_sided = [0.0] if np.isinf(low) or np.isinf(high) else []
    ends = [x for x in (low, high, value - error, value + error, *one_sided) if np.isfinite(x)]
    margin = 0.15 * (max(ends) - min(ends)) or 1.0
    left, right = min(ends) - margin, max(ends) + margin

    def place(x):
        return 120 * (min(max(x, left), right) - left) / (right - left)
    band = f'<rect class="band" x="{place(low):.1f}" y="2" width="{place(high) - place(low):.1f}" height="12"/>'
    whisker = f'<line class="mark" x1="{place(value - error):.1f}" x2="{place(value + error):.1f}" y1="8" y2="8"/>'
    return (f'<svg class="range" viewBox="0 0 120 16" aria-hidden="true"><line class="axis" x1="0" x2="120" y1="8" y2="8"/>{band}{whisker}'
            f'<circle class="mark" cx="{place(value):.1f}" cy="8" r="2.6"/></svg>')


def _state(measurement):
    return {HOLDS: '<span class="yes">✓ holds</span>', FAILS: '<span class="no">✗ fails</span>'}.get(measurement.state, '<span class="part">? open</span>')


def _row(m):
    return (f'<tr><td class="what">{escape(m.what)}</td><td class="number">{with_error(m.value, m.uncertainty)} <span class="soft">{SOURCES.get(m.source, "")}</span></td>'
            f'<td class="number limit">{allowed(m.low, m.high)} <span class="soft basis">{escape(m.basis)}</span></td><td class="strip">{strip(m)}</td><td class="state">{_state(m)}</td></tr>')


def measured_table(measurements):
    rows = "\n".join(map(_row, measurements))
    return f'<table class="measured"><thead><tr><th>measured</th><th>value ± uncertainty</th><th>expected</th><th></th><th></th></tr></thead><tbody>\n{rows}\n</tbody></table>'


def verdict(result):
    return f'<span class="verdict {CLASSES[result.verdict]}">{result.verdict}</span>'


def shortfalls(result):
    """What did not replicate and what is known about why, a paragraph for each reason; what is undecided; why nothing was measured."""
    parts = [f"Not measured: {result.reason}."] if result.reason else []
    reasons = {}
    for m in result.failures:
        reasons.setdefault(m.why, []).append(f"{m.what}: {with_error(m.value, m.uncertainty)} where {allowed(m.low, m.high)} was expected")
    parts += ["; ".join(items) + (f". Why: {why}." if why else ". Why is not known.") for why, items in reasons.items()]
    known = {}
    for m in result.undecided:
        known.setdefault(m.why, []).append(m.what)
    parts += [f"Undecided, since the uncertainty reaches across a limit or there is only one replica: {'; '.join(items)}." + (f" What is known: {why}." if why else "")
              for why, items in known.items()]
    return parts


def _contents(results):
    rows = "\n".join(f'<tr><td><a href="#{r.claim.name}">{r.claim.name}</a></td><td>{escape(r.claim.title)} <span class="soft">{r.claim.paper}, {r.claim.figure}</span></td>'
                     f"<td>{verdict(r)}</td></tr>" for r in results)
    return f"<table><thead><tr><th></th><th>claim</th><th>verdict</th></tr></thead><tbody>\n{rows}\n</tbody></table>"


def picture(figure):
    """figure: (name, caption, PNG bytes)."""
    name, caption, png = figure
    source = base64.b64encode(png).decode()
    return f'<figure id="figure-{name}"><div class="wide"><img src="data:image/png;base64,{source}" alt="{escape(caption)}"></div><figcaption>{escape(caption)}</figcaption></figure>'


def _sweep(sweep):
    """sweep: report.SweepNote."""
    pending = f"; {sweep.pending} of {sweep.rows} rows pending" if sweep.pending else ""
    failed = f"; {sweep.failed} rows failed" if sweep.failed else ""
    return (f'<details><summary><code>{escape(sweep.file)}</code> <span class="soft">{number(sweep.seconds)} core-seconds, {sweep.replicas} replica'
            f'{"s" if sweep.replicas != 1 else ""}{pending}{failed}</span></summary><pre>{escape(sweep.text)}</pre></details>')


def _claim(result, figures, sweeps, shown):
    claim = result.claim
    here = [figure for figure in figures.get(claim.name, []) if figure[0] not in shown]
    elsewhere = [figure for figure in figures.get(claim.name, []) if figure[0] in shown]
    shown.update(figure[0] for figure in here)
    also = ", ".join(f'<a href="#figure-{figure[0]}">{escape(figure[1])}</a>' for figure in elsewhere)
    return "\n".join([
        f'<section class="claim" id="{claim.name}"><h3>{claim.name} · {escape(claim.title)} — {verdict(result)}</h3>',
        f'<p class="soft">{claim.paper}, {escape(claim.figure)}</p><p>{escape(claim.statement)}</p>',
        f'<p class="soft">{sum(m.state == HOLDS for m in result.measurements)} of {len(result.measurements)} measurements hold</p>' if result.measurements else "",
        measured_table(result.measurements) if result.measurements else "",
        *(f"<p>{escape(part)}</p>" for part in shortfalls(result)),
        *map(picture, here),
        f"<p>See also: {also}</p>" if also else "",
        *(_sweep(sweeps[stem]) for stem in claim.sweeps if stem in sweeps),
        "</section>"])


def _not_replicated(results):
    items = [f'<li><a href="#{r.claim.name}">{r.claim.name}</a> {verdict(r)}: {escape(" ".join(shortfalls(r)))}</li>'
             for r in results if r.verdict in (IN_PART, NOT_REPLICATED)]
    return f'<h2>What did not replicate, and why</h2>{"<ul>" + "".join(items) + "</ul>" if items else "<p>Every claim that was measured replicated.</p>"}'


def _others(figures, shown, missing):
    rest = {figure[0]: figure for group in figures.values() for figure in group if figure[0] not in shown}
    lines = "".join(f"<li>{escape(line)}</li>" for line in missing)
    return "\n".join([f"<h2>Further figures</h2>{''.join(map(picture, rest.values()))}" if rest else "",
                      f"<h2>What is missing</h2><ul>{lines}</ul>" if lines else ""])


def page(results, figures, sweeps, provenance, missing=()):
    """The whole page. results: list of Result. figures: claim's name ("" for none) → list of (name, caption, PNG bytes). sweeps: stem → SweepNote.

    provenance: lines on program and cost. missing: lines on figures that could not be drawn.
    """
    shown, papers = set(), list(dict.fromkeys(result.claim.paper for result in results))
    counts = "".join(f'<li><span class="verdict {CLASSES[name]}">{name}</span> {sum(r.verdict == name for r in results)}</li>' for name in VERDICTS)
    sections = []
    for paper in papers:
        claims = [_claim(result, figures, sweeps, shown) for result in results if result.claim.paper == paper]
        sections.append(f"<h2>{f'{paper}: ' if paper in ('RG24', 'PKK18', 'KS24') else ''}{escape(PAPERS.get(paper, paper))}</h2>" + "\n".join(claims))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>Replication of the papers by aesweep</title><style>{STYLE}</style></head><body>
<h1>Replication of the papers by aesweep</h1>
<ul class="counts">{counts}</ul>
<p>A claim is replicated if every measurement, with its whole interval of one standard uncertainty, lies in the expected range; in part if only some do. Each range
says where it comes from: the paper, theory, or a convention that turns a word of the papers into a number. Nothing is judged by hand: numbers, uncertainties and verdicts follow from the result files.</p>
{"".join(f'<p class="soft">{escape(line)}</p>' for line in provenance)}
{_contents(results)}
{_not_replicated(results)}
{"".join(sections)}
{_others(figures, shown, missing)}
</body></html>
"""
