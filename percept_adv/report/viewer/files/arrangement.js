// Which panes a scene gets, and what a pane can be changed to.

export const ARRANGEMENTS = {
  one: "One",
  pair: "Two",
  four: "Four",
  attacks: "All attacks",
};

const has = (scene, subject, view, live) =>
  view === "difference" && (subject.reference || !reference(scene))
    ? false
    : live || Boolean(subject.pictures[view]);

const reference = (scene) => scene.subjects.find((one) => one.reference);

// All that can be shown of a scene, as panes.
export function choices(scene, manifest, shown = scene.subjects) {
  return shown.flatMap((subject) =>
    manifest.views
      .filter((view) => has(scene, subject, view.name, manifest.live))
      .map((view) => ({ subject: subject.id, view: view.name, label: subject.label, title: view.title })),
  );
}

// Subjects that the filters leave; the reference stays whatever they say.
export function subjectsShown(scene, accepts) {
  const left = scene.subjects.filter((one) => one.reference || accepts(one));
  return left.length ? left : scene.subjects;
}

// The panes of an arrangement, those that are possible.
export function panesOf(arrangement, scene, manifest, subjects) {
  const possible = choices(scene, manifest, subjects);
  const find = (subject, view) =>
    subject && possible.find((one) => one.subject === subject.id && one.view === view);
  const clean = reference(scene);
  const main = subjects.find((one) => !one.reference) ?? subjects[0];
  const other = subjects.find((one) => one !== main && one !== clean);
  const wanted = {
    one: [find(main, "magnified") ?? find(main, "stored")],
    pair: [find(main, "stored"), find(main, "magnified")],
    four: clean
      ? [find(main, "stored"), find(main, "magnified"), find(main, "difference"), find(clean, "magnified")]
      : [find(main, "stored"), find(main, "magnified"), find(other, "stored") ?? find(main, "noise_residual"),
         find(other, "magnified") ?? find(main, "spectrum")],
    attacks: ["stored", "difference", "magnified"]
      .filter((view) => subjects.some((subject) => find(subject, view)))
      .flatMap((view) => subjects.map((subject) => find(subject, view) ?? { subject: subject.id, view: null })),
  }[arrangement];
  return wanted.filter(Boolean).map(({ subject, view }) => ({ subject, view }));
}

const CAPTION = 34;

// How many columns the panes stand in: near a square, unless others make pictures much larger.
export function columnsOf(arrangement, panes, subjects, scene, stage) {
  if (arrangement === "attacks" && subjects.length > 1) return subjects.length;
  const scale = (columns) => {
    const rows = Math.ceil(panes.length / columns);
    return Math.min(stage.width / columns / scene.width, (stage.height / rows - CAPTION) / scene.height);
  };
  const possible = Array.from(panes, (_, place) => place + 1);
  const square = Math.ceil(Math.sqrt(panes.length));
  return possible.reduce((best, columns) => (scale(columns) > 1.15 * scale(best) ? columns : best), square);
}
