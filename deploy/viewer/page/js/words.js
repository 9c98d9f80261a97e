// What the page itself says, in English and French. What boards say comes with their definitions.

const WORDS = {
  en: {
    skip: "Skip to the board",
    boards: "Boards",
    filters: "Filters and period",
    all: "All",
    reset: "Show all",
    values: (count) => `${count} chosen`,
    period: "Period",
    from: "From",
    to: "To",
    apply: "Apply",
    wrong_period: "The start must be before the end.",
    last: (count, unit) => (count === 1 ? `Last ${unit[0]}` : `Last ${count} ${unit[1]}`),
    units: { m: ["minute", "minutes"], h: ["hour", "hours"], d: ["day", "days"], w: ["week", "weeks"], M: ["month", "months"], y: ["year", "years"] },
    today: "Today",
    yesterday: "Yesterday",
    this_week: "This week",
    this_month: "This month",
    refresh: "Refresh",
    live: "Live",
    paused: "Paused",
    every: (text) => `Every ${text}`,
    never: "Off",
    now: "Refresh now",
    theme: "Light or dark",
    print: "Print",
    printed: (time) => `printed ${time}`,
    about: (title) => `How this is counted: ${title}`,
    as_table: (title) => `Show as a table: ${title}`,
    as_chart: (title) => `Show as a chart: ${title}`,
    untitled: "Panel",
    sort: (name) => `Sort by ${name}`,
    rows: (shown, total) => `${shown} of ${total} rows`,
    all_rows: (count) => `Show all ${count}`,
    change: (text) => `${text} over the period`,
    opens: "opens in a new window",
    chart: {
      timeseries: (count, names) => `Chart over time of ${count} series: ${names}`,
      barchart: (count) => `Bar chart of ${count} groups`,
      piechart: (count, names) => `Shares of ${count} parts: ${names}`,
      heatmap: () => "Heat map",
    },
    state: {
      loading: "Asking …",
      empty: "Nothing in this period.",
      unreachable: "The store does not answer. This panel fills by itself once it does.",
      late: "This took too long and was stopped. A shorter period may help.",
      missing: "The tables are not there yet. Run: vigie migrate",
      refused: (code) => `This question could not be answered${code ? ` (${code})` : ""}.`,
      unsupported: (type) => `This page cannot draw a panel of type “${type}”; Grafana can.`,
      old: "not current",
    },
    page: {
      loading: "Loading the board …",
      gone: "The program behind this page does not answer. Was it stopped? The page goes on by itself once it runs again.",
      store: (time) => `The store does not answer${time ? `; what you see is as of ${time}` : ""}. Trying again …`,
      nothing: "No data yet. This page fills by itself as soon as the first event is stored.",
      unknown_board: (name) => `There is no board “${name}”.`,
      unknown_variable: (name) => `This board has no filter “${name}”.`,
      unknown_value: (name) => `This value is not known: ${name}.`,
      too_many_values: (name) => `Too many values for ${name}.`,
      period: "This period cannot be shown.",
      other: "This page cannot be shown.",
      home: "Back to the first board",
      clear: "Show the board without filters",
      odd_value: (value, name) => `“${value}” is not among the known values of ${name}: nothing matches it.`,
    },
  },
  fr: {
    skip: "Aller au tableau",
    boards: "Tableaux",
    filters: "Filtres et période",
    all: "Tous",
    reset: "Tout afficher",
    values: (count) => `${count} choisis`,
    period: "Période",
    from: "Du",
    to: "Au",
    apply: "Appliquer",
    wrong_period: "Le début doit précéder la fin.",
    last: (count, unit) => (count === 1 ? unit[0][0].toUpperCase() + unit[0].slice(1) : `${count} ${unit[1]}`),
    units: {
      m: ["dernière minute", "dernières minutes"],
      h: ["dernière heure", "dernières heures"],
      d: ["dernier jour", "derniers jours"],
      w: ["dernière semaine", "dernières semaines"],
      M: ["dernier mois", "derniers mois"],
      y: ["dernière année", "dernières années"],
    },
    today: "Aujourd’hui",
    yesterday: "Hier",
    this_week: "Cette semaine",
    this_month: "Ce mois-ci",
    refresh: "Actualisation",
    live: "En direct",
    paused: "En pause",
    every: (text) => `Toutes les ${text}`,
    never: "Aucune",
    now: "Actualiser",
    theme: "Clair ou sombre",
    print: "Imprimer",
    printed: (time) => `imprimé le ${time}`,
    about: (title) => `Comment c’est compté\u00a0: ${title}`,
    as_table: (title) => `Afficher en tableau\u00a0: ${title}`,
    as_chart: (title) => `Afficher en graphique\u00a0: ${title}`,
    untitled: "Panneau",
    sort: (name) => `Trier par ${name}`,
    rows: (shown, total) => `${shown} lignes sur ${total}`,
    all_rows: (count) => `Tout afficher (${count})`,
    change: (text) => `${text} sur la période`,
    opens: "s’ouvre dans une nouvelle fenêtre",
    chart: {
      timeseries: (count, names) => `Graphique dans le temps, ${count} séries\u00a0: ${names}`,
      barchart: (count) => `Graphique en barres, ${count} groupes`,
      piechart: (count, names) => `Répartition en ${count} parts\u00a0: ${names}`,
      heatmap: () => "Carte de chaleur",
    },
    state: {
      loading: "Question en cours…",
      empty: "Rien sur cette période.",
      unreachable: "La base ne répond pas. Ce panneau se remplira de lui-même dès qu’elle répondra.",
      late: "La réponse tardait et la question a été arrêtée. Une période plus courte peut aider.",
      missing: "Les tables n’existent pas encore. Lancez\u00a0: vigie migrate",
      refused: (code) => `Cette question n’a pas pu recevoir de réponse${code ? ` (${code})` : ""}.`,
      unsupported: (type) => `Cette page ne sait pas dessiner un panneau de type «\u00a0${type}\u00a0»\u202f; Grafana le sait.`,
      old: "pas à jour",
    },
    page: {
      loading: "Chargement du tableau…",
      gone: "Le programme derrière cette page ne répond pas. A-t-il été arrêté\u202f? La page reprendra d’elle-même dès qu’il tournera.",
      store: (time) => `La base ne répond pas${time ? `\u202f; ce que vous voyez date de ${time}` : ""}. Nouvel essai…`,
      nothing: "Pas encore de données. Cette page se remplira d’elle-même dès que le premier événement sera enregistré.",
      unknown_board: (name) => `Il n’y a pas de tableau «\u00a0${name}\u00a0».`,
      unknown_variable: (name) => `Ce tableau n’a pas de filtre «\u00a0${name}\u00a0».`,
      unknown_value: (name) => `Cette valeur n’est pas connue\u00a0: ${name}.`,
      too_many_values: (name) => `Trop de valeurs pour ${name}.`,
      period: "Cette période ne peut pas être affichée.",
      other: "Cette page ne peut pas être affichée.",
      home: "Revenir au premier tableau",
      clear: "Afficher le tableau sans filtres",
      odd_value: (value, name) => `«\u00a0${value}\u00a0» n’est pas une valeur connue du filtre «\u00a0${name}\u00a0»\u00a0: rien n’y correspond.`,
    },
  },
};

let spoken = "en";

/** Set the language of the page. */
export function speak(language) {
  spoken = language in WORDS ? language : "en";
  document.documentElement.lang = spoken;
}

/** The language of the page: "en" or "fr". */
export const language = () => spoken;

/** How the language's readers write numbers and times. */
export const locale = () => (spoken === "fr" ? "fr-FR" : "en-GB");

/** The words of the page in its language. */
export const words = () => WORDS[spoken];

/** The language to speak before a board has said its own: as the address ends, else as the browser is set. */
export function guess(uid) {
  if (uid.endsWith("-fr")) return "fr";
  return uid ? "en" : navigator.language.startsWith("fr") ? "fr" : "en";
}
