"""Words that people type, and the words that our texts use for the same thing.

Data for `content.search`, nothing here is ever shown: people type words that the site itself does
not use. Phrases are separated by semicolons and compared by their stems, so that one form of a
word is enough.
"""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(";"))


# Left out of a query. A query of nothing else finds nothing.
STOP_WORDS = frozenset(
    """a about am an and any are as at be been being but by can cant could did didnt do does doesnt
    doing dont for from get gets getting give go goes going got had has have he her here hes him his
    how i id if im in into is isnt it its ive just let like me more my of on or our out please
    really she shes should so some than that the their them then there these they theyre this those
    to too up us ve want wants was we were what whats when where which who whom whos whose why will
    with wont would you your youre""".split()
)

# Around the word whose meaning is asked: "what does PHP mean", "definition of copay".
ASKING_WORDS = frozenset(
    "a an are define definition does for is mean meaning means of stand stands the what "
    "whats".split()
)

# Whoever types one of these sees the crisis lines before anything else.
CRISIS = _phrases(
    "suicide; suicidal; kill myself; kill himself; kill herself; killing myself; end my life; "
    "end it all; ending my life; take my life; take his life; take her life; want to die; "
    "wants to die; wanna die; don't want to live; doesn't want to live; no reason to live; "
    "better off dead; hurt myself; hurting myself; hurt himself; hurting himself; hurt herself; "
    "hurting herself; harm myself; self harm; self injury; cutting; cut myself; overdose; "
    "overdosed; overdosing; od; narcan; naloxone; not breathing; won't wake up; can't wake up; "
    "unconscious; crisis; emergency; hotline; help now; urgent; 911; 988; danger; dangerous; "
    "not safe; unsafe; abused; domestic violence; hearing voices; psychosis; dying; "
    "i can't go on; suicidio; suicidarme; matarme; sobredosis; ayuda; emergencia"
)

# (what is typed, what is looked for too).
SYNONYMS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = tuple(
    (_phrases(typed), _phrases(meant))
    for typed, meant in (
        # levels of care
        ("iop; intensive outpatient; day treatment", "iop; intensive outpatient program"),
        (
            "php; partial hospitalization; partial program; partial hospital; day hospital",
            "php; partial hospitalization",
        ),
        (
            "detox; detoxing; detoxification; withdrawal; withdrawals; dry out; cold turkey",
            "withdrawal management; withdrawal",
        ),
        (
            "rehab; rehabs; drug rehab; alcohol rehab; rehabilitation",
            "residential treatment; substance use; levels of care",
        ),
        ("residential; live in; live-in; sober house; halfway house", "residential"),
        (
            "inpatient; psych ward; psychiatric hospital; mental hospital; psych hospital; ward",
            "inpatient; hospital",
        ),
        ("level of care; levels of care; asam", "level of care; levels of care"),
        ("difference; versus; vs; compare; comparison", "tell apart; compared"),
        # substances, in the words people have for them
        (
            "addict; addicted; addiction; addictions; substance abuse; drug abuse; drug "
            "problem; junkie; user; drugs; on drugs; hooked; using; getting high",
            "substance use; substance use disorder",
        ),
        (
            "alcoholic; alcoholism; alcohol; drinking; drinks; drunk; booze; sober; sobriety; "
            "drinking problem",
            "alcohol; drink; substance use",
        ),
        (
            "heroin; fentanyl; opioids; opiates; oxy; oxycontin; percocet; pills; painkillers",
            "opioid; substance use; overdose",
        ),
        (
            "suboxone; methadone; vivitrol; buprenorphine; naltrexone; mat; moud; subs",
            "medications for opioid use disorder; medication",
        ),
        ("weed; marijuana; cannabis; pot; vaping; cocaine; meth; xanax; benzos", "substance use"),
        ("narcan; naloxone; overdose; od; overdosing", "overdose"),
        (
            "relapse; relapsed; relapsing; slip; slipped; drinking again; using again; used "
            "again; drink again; use again; fell off the wagon; lapse",
            "return to use",
        ),
        ("clean; urine; drug test; drug testing; drug screen; breathalyzer", "tested"),
        ("aa; na; 12 step; twelve step; alcoholics anonymous; smart recovery", "peer support"),
        ("sponsor; recovery coach; peer; peer specialist; mentor", "peer support; recovery coach"),
        # conditions
        (
            "dual diagnosis; co-occurring; cooccurring; comorbid; both; at the same time",
            "co-occurring; two conditions at once; dual diagnosis",
        ),
        (
            "depressed; depression; depressing; sad; hopeless; bipolar; mood",
            "depression; mental health",
        ),
        ("anxious; anxiety; panic; panic attack; worry; ocd", "anxiety; mental health"),
        ("ptsd; trauma; traumatic; abuse; assault; mst", "trauma; trauma-informed"),
        ("eating disorder; anorexia; bulimia; binge; food", "meal support; nutrition; eating"),
        ("mental illness; crazy; nervous breakdown; breakdown; mental", "mental health"),
        ("suicidal; suicide; kill myself; self harm", "988; get help now; crisis"),
        # people
        (
            "my son; my daughter; son; daughter; my kid; kid; kids; child; teen; teens; "
            "teenager; teenage; adolescent; adolescents; youth; minor; young; year old",
            "teenager; teen; adolescent; parents; child; family",
        ),
        (
            "husband; wife; spouse; partner; boyfriend; girlfriend; brother; sister; mother; "
            "father; mom; dad; friend; parent; loved one; someone i love; grown child",
            "someone you love; families; family; loved",
        ),
        ("family; families; relatives", "family; families"),
        (
            "vet; vets; veteran; veterans; army; navy; marine; marines; air force; military; "
            "soldier; deployment; national guard; tricare; va; dd214; discharge status",
            "veteran; VA; TRICARE; military",
        ),
        (
            "dishonorable; dishonorable discharge; bad discharge; bad paper; oth; honorable",
            "honorable; veteran",
        ),
        ("grown up; grownup; adult; adults; over 18", "adult"),
        (
            "doctor; therapist; clinician; social worker; referring; refer a patient; referral",
            "referral; refer; clinician",
        ),
        # money
        (
            "cost; costs; price; prices; fee; fees; afford; expensive; cheap; pay; paying; "
            "payment; how much; money; bill; self pay; out of pocket; sliding scale",
            "cost; pay; insurance; estimate",
        ),
        (
            "insurance; insured; coverage; cover; covered; covers; blue cross; bcbs; aetna; "
            "cigna; tufts; harvard pilgrim; united; optum; wellsense; fallon; in network",
            "insurance; plan; benefits",
        ),
        ("medicaid; masshealth; mass health", "masshealth; insurance"),
        (
            "uninsured; no insurance; without insurance; don't have insurance; free; low income",
            "no insurance; cost",
        ),
        (
            "denied; denial; rejected; appeal; insurance says no; refused to pay",
            "insurance says no; appeal; medical necessity",
        ),
        ("preauth; preauthorization; prior auth; approval; authorize", "prior authorization"),
        # how and when
        (
            "zoom; online; virtual; video; remote; telehealth; telemedicine; from home; by "
            "phone; online therapy; video therapy; virtual therapy; therapy online",
            "telehealth; video",
        ),
        ("night; nights; after work; evening; evenings; after school; weekend", "evening"),
        (
            "job; work; boss; employer; fmla; leave of absence; pfml; time off; fired; working",
            "work; job; leave; working",
        ),
        (
            "school; college; student; university; class; semester; study",
            "school; college; studying",
        ),
        ("schedule; hours; timetable; when is; what time; calendar; week", "schedule; week"),
        ("how long; weeks; length; duration", "how long; weeks"),
        (
            "directions; address; location; parking; bus; train; where are you; map; subway; mbta",
            "contact; getting here",
        ),
        ("ride; transportation; drive; car; license suspended", "drive; transport; car"),
        (
            "phone number; call you; contact; email; talk to someone; reach",
            "contact; admissions; call",
        ),
        (
            "sign up; enroll; enrol; enrollment; apply; register; admission; admit; start; "
            "begin; get into; getting started; first step",
            "admissions; start; intake",
        ),
        ("waitlist; waiting list; wait list; how soon; wait", "how soon; start"),
        ("evaluation; assess; assessment; screening; diagnosis", "assessment"),
        # therapies
        (
            "shrink; psychiatrist; psych; prescriber; prescription; meds; medicine; medicines; "
            "antidepressant; ssri; medication",
            "medication management; psychiatric evaluation; prescriber",
        ),
        ("counselor; counselling; counseling; talk therapy; one on one", "individual therapy"),
        ("cbt; dbt; skills; coping; mindfulness; act therapy", "skills; psychoeducation"),
        ("group; groups; sharing; shy; group rules", "group therapy; group"),
        ("art; music; painting; drawing; creative", "expressive arts"),
        ("yoga; exercise; movement; gym; walking; fitness", "movement therapy"),
        ("nutrition; diet; eat; eating; dietitian; meals; meal", "nutrition; meal support"),
        ("volunteer; hobby; lonely; isolated; community", "community integration"),
        # rights and what comes after
        (
            "privacy; private; confidential; confidentiality; hipaa; secret; find out; records; "
            "anonymous; who will know; tell my boss",
            "privacy; find out; records; part 2",
        ),
        (
            "refuse; refuses; won't go; denial; doesn't want; doesn't want help; intervention",
            "refuse help",
        ),
        (
            "section 35; section 12; force; forced; commit; involuntary; make him; make her",
            "refuse; crisis",
        ),
        (
            "aftercare; after care; follow up; after treatment; when it ends; after rehab; "
            "graduated; finished; maintenance; alumni",
            "aftercare; continuing care; after the program",
        ),
        (
            "discharged; discharge; released; coming home; out of the hospital; after hospital; "
            "left the hospital; hospital stay",
            "stepping down; step-down; discharge",
        ),
        (
            "success rate; success; effective; evidence; research; does it work; does this "
            "work; studies",
            "research; iop work",
        ),
        (
            "interpreter; spanish; español; espanol; translate; language; deaf; asl",
            "interpreter; language",
        ),
        ("wheelchair; disability; disabled; accessible; accessibility; blind", "accessibility"),
        (
            "discriminate; discrimination; lgbtq; gay; transgender; complaint; complain",
            "nondiscrimination; complaint",
        ),
        (
            "kicked out; kick me out; expelled; miss a day; missed; absent",
            "thrown out; missing days",
        ),
        ("bring; first day; first week; what to expect; prepare", "bring; first day; first week"),
        (
            "hotline; helpline; help line; phone line; crisis; 988; samaritans; emergency",
            "help lines; help line",
        ),
    )
)
