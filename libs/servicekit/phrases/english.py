"""Words that turn round what is said in English: data, no rules."""

from servicekit.phrases.words import any_phrase

NOT = any_phrase(
    r"""
    not
    \w+n't
    (?:do|did|does|is|was|are|were|wo|ca|could|would|should|have|has|had|ai|need)nt
    cannot
    never
    no
    without
    nothing
    nobody
    none
    neither
    nor
    hardly
    barely
    scarcely
    zero
    free of
    far from
    hesitate
    hesitating
    hesitation
    fail
    forget
    resist
    refrain(?:ed|ing)?(?: from)?
    avoid(?:ed|ing)?
    stop(?:ped)?
    refuse[sd]?
    help
    rather (?:\w+ ){0,5}than
    instead of
    unwilling
    reluctant
    decided against
    withdraw(?:ing)?
    drop
    cancel
    """
)
NO_NEGATION = any_phrase(
    r"""
    no (?:other )?(?:choice|option|alternative|way) but
    nothing (?:else )?(?:left )?(?:to do )?but
    not only
    not just
    not merely
    no doubt
    no wonder
    why not
    can(?:'t|not) wait
    no matter
    no longer wait
    no one
    (?:nobody|nowhere|no one|no way|no place) to
    (?:can't|cannot|couldn't|could not|unable to) (?:find|reach|get)
    not until
    don't (?:tell|stop|forget|make|force) me
    not (?:at all )?(?:happy|satisfied|pleased|good|acceptable|ok|okay)
    help me
    needs? help
    please help
    never again
    """
)
BLOCKS = (
    r"\b(?:so|therefore|hence|because|since|that is why|and (?:i|we|want|need|will|must|have|would)"
    r"|(?:i|we)(?:'m|'ll|'d|'ve)?)\b"
)
"""What begins a new thought behind a negation: "not happy i will complain"."""
KEEPS = (
    r"\b(?:think|believe|feel|feel like|suppose|see why|see any reason why|have|had|did|do|would|will|could|should"
    r"|reason|that) (?:i|we)\b"
)
"""And what does not: "i do not think i will complain", "never have i had to complain"."""
BUT_NOT = r"^\W*but (?:i|we) (?:won't|will not|don't|do not|wouldn't|would not|didn't|did not)\b"
OWN_WORDS = r"\b(?:i|we)\b[^.;]{0,20}\b(?:say|repeat|demand|insist|state|write)\b[^.;]{0,12}$"
OTHERS = (
    r"\b(?:he|she|they|neighbou?rs?|people|others?|somebody|someone|everybody|everyone|technician|engineer|agent"
    r"|operator|wife|husband|friends?|tenants?|customers?|anyone|anybody|who)\b"
)
OTHERS_DO = (
    r"(?:\s+(?:'s|also|always|often|still|all|may|might|will|would|could|can|should|did|does|do|want(?:s|ed)? to"
    r"|tends? to|likes? to|said|says|told|asked|warned|thought|feared|suggested|advised|me|us|that|you|i|we|to|if"
    r"|whether|go|and|ahead|was|were|is|are|going|have|has|had|a|wants?))*\s*$"
)
PAST = (
    r"\b(?:last|previous|earlier|former|prior|old|past|first|original)(?: \w+)?\s*$",
    (
        r"\b(?:had to|used to|wanted to|was going to|were going to|tried to|have already|had already|already|once|ago"
        r"|was about to|thought about|thought of|considered)\s*(?:\w+\s*){0,2}$"
    ),
)
DEALT_WITH = (
    r"\b(?:handled|handling|dealt with|dealing with|resolved|resolving|answered|answering|solved|solving|after|since"
    r"|thanks? (?:you )?for|reply to|response to|reaction to)(?: \w+){0,5}?\s+(?:my|our|the|that|this|his|her)\s*$"
)
PAST_AFTER = (
    (
        r"^s?(?: \w+){0,6} (?:was|were|got|has been|have been|had been)(?: \w+){0,3}"
        r" (?:handled|resolved|dealt|answered|solved|settled|closed|processed|taken|fixed|sorted|addressed)"
    ),
    r"^ed\b",
    r"^s?(?: \w+){0,3} (?:last (?:year|month|week|winter|season|time)|(?:\w+ )?ago|in the past|back then)\b",
)
IF = r"\b(?:if|unless|in case|should (?:it|this|that|anything|something)|next time|were (?:it|this))\b"
FAILING = r"\b(?:not|\w+n't|nobody|no one|unless|again|still|without|fail(?:s|ed)?)\b"
UNREAL = r"\b(?:would have|would've|'d have|had (?:it|this|that|anything)|would|might)\b"
HOW = r"\b(?:how|where|whom?|what number|can i|may i|could i|can we)\b"
WHETHER = r"^(?:do|does|did|is|are|will|would|has|have|any) (?:you|anyone|anybody|people|they|there|he|she)\b[^.]*$"
THING = (
    r"^s?(?:'s)? (?:line|desk|department|form|box|hotline|procedure|process|handling|number|team|office|rate|page"
    r"|system|button|handlers?)\b"
)
WANTS_THING = r"\b(?:want|need|give|send|where|what)\b"
TAKEN_BACK = r"\b(?:never mind|nevermind|forget it|scratch that|just kidding|no need (?:any ?more|now))\b"
