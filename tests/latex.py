"""A plain look at the formulas in a text: delimiters, braces, environments, and commands that MathJax knows."""

import re

KNOWN = set("""
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda mu nu xi pi rho sigma tau phi varphi
chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell hbar imath jmath partial nabla infty emptyset
varnothing frac dfrac tfrac sqrt sum prod int lim max min sup inf log ln exp sin cos tan tanh cosh sinh det dim ker
arg Pr gcd bmod cdot cdots dots ldots vdots ddots times div pm mp circ odot otimes oplus star ast bullet wedge vee cap
cup setminus le leq ge geq ll gg ne neq approx equiv sim simeq propto in notin ni subset subseteq supset mid parallel
perp to mapsto rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow longrightarrow longleftarrow
Longrightarrow uparrow downarrow implies iff forall exists neg land lor top bot angle prime dagger left right big Big
bigg Bigg bigl bigr Bigl Bigr biggl biggr lvert rvert lVert rVert vert Vert langle rangle lfloor rfloor lceil rceil
hat widehat bar overline underline tilde widetilde vec dot ddot mathbf mathrm mathbb mathcal mathit mathsf mathtt
boldsymbol text textbf textit textrm texttt operatorname quad qquad hspace hfill phantom vphantom hphantom smash
underbrace overbrace underset overset stackrel substack color textcolor boxed tag begin end limits nolimits
displaystyle textstyle scriptstyle not middle mathop mathbin mathrel binom pmod intercal colon lbrace rbrace backslash
triangleq coloneqq
""".split())    # noqa: SIM905
ENVIRONMENTS = {"aligned", "align", "align*", "cases", "array", "matrix", "pmatrix", "bmatrix", "vmatrix", "gathered",
                "split", "equation", "equation*", "smallmatrix"}


def faults(text):
    """What is wrong with the formulas of a Markdown text, in words; an empty list where nothing is."""
    text = re.sub(r"```.*?```|`[^`\n]+`", "", text, flags=re.S).replace(r"\$", "")
    shown = re.findall(r"\$\$(.+?)\$\$", text, flags=re.S)
    rest = re.sub(r"\$\$.+?\$\$", " ", text, flags=re.S)
    inline = re.findall(r"\$([^$]+?)\$", rest)
    found = [f"unpaired $ near: {rest[rest.rfind('$'):][:40]!r}"] if rest.count("$") % 2 or "$$" in rest else []
    for formula in shown + inline:
        found += [f"{fault} in: {formula.strip()[:60]}" for fault in _faults_of(formula)]
    return found + [f"a blank line inside: {f.strip()[:60]}" for f in shown + inline if "\n\n" in f]


def _faults_of(formula):
    bare = re.sub(r"\\[{}\\|]", " ", formula)
    depth = lowest = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        lowest = min(lowest, depth)
    if depth or lowest:
        yield "an unmatched brace"
    commands = re.findall(r"\\([A-Za-z]+)", formula)
    if commands.count("left") != commands.count("right"):
        yield r"\left without \right"
    begun, ended = (re.findall(rf"\\{word}\{{([^}}]*)\}}", formula) for word in ("begin", "end"))
    if sorted(begun) != sorted(ended):
        yield r"\begin without its \end"
    for name in sorted((set(commands) - KNOWN) | (set(begun) - ENVIRONMENTS)):
        yield f"unknown: {name}"
