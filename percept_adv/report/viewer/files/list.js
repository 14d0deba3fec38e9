// The list of scenes: filtered, sorted, chosen with pointer or arrow keys.

const number = (value) =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(2) : value.toFixed(4);

// Of which picture the figures of a scene are, where it is not the image itself.
const ofWhich = ({ subjects: [{ label }] }) => (label === "image" ? "" : `, ${label}`);

const byName = (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true });

export class List {
  #state;
  #manifest;
  #root = document.getElementById("list");
  #sort = document.getElementById("sort");
  #filter = document.getElementById("filter");
  #order = document.getElementById("order");
  #count = document.getElementById("count");
  #attack = document.getElementById("attack");
  #success = document.getElementById("success");
  #most = document.getElementById("most");
  #fields = { filter: this.#filter, sort: this.#sort, attack: this.#attack, success: this.#success, most: this.#most };
  #none = document.getElementById("none");
  #options = new Map();
  #shown = [];

  constructor(state, manifest) {
    this.#state = state;
    this.#manifest = manifest;
    this.#prepareSort();
    this.#prepareAttacks();
    for (const [name, field] of Object.entries(this.#fields))
      field.addEventListener("input", () => state.set({ [name]: field.value }));
    // Another key begins in its own order.
    this.#sort.addEventListener("input", () => state.set({ order: "" }));
    this.#order.addEventListener("click", () => state.set({ order: this.#rises() ? "falling" : "rising" }));
    const everything = { filter: "", attack: "", success: "", most: "" };
    document.getElementById("show-all").addEventListener("click", () => {
      state.set(everything);
      this.#filter.focus();
    });
    state.on(["filter", "sort", "order", "attack", "success", "most"], () => this.update());
    state.on(["attack", "success", "most"], () => this.#chooseShown());
    state.on(["scene"], () => this.#mark());
    this.#root.addEventListener("keydown", (event) => this.#key(event));
    this.update();
  }

  // The first of the list as it is sorted and filtered.
  get first() {
    return (this.#shown[0] ?? this.#manifest.scenes[0])?.id;
  }

  #prepareSort() {
    const { quantiles, statistics } = this.#manifest;
    this.#sort.append(new Option("file name", "name"));
    const groups = [["Quantiles among clean images", quantiles.figures], ["Magnified image", statistics]];
    for (const [label, figures] of groups.filter(([, figures]) => figures.length)) {
      const group = Object.assign(document.createElement("optgroup"), { label });
      group.append(...figures.map(({ key, title }) => new Option(title, key)));
      this.#sort.append(group);
    }
  }

  #isQuantile(key) {
    return this.#manifest.quantiles.figures.some((one) => one.key === key);
  }

  // Whether the smallest stands first: names and quantiles begin there, other numbers at the greatest.
  #rises() {
    const order = this.#state.get("order");
    const key = this.#state.get("sort");
    return order ? order === "rising" : key === "name" || this.#isQuantile(key);
  }

  // What is shown passes the filters, where anything does.
  #chooseShown() {
    const chosen = this.#state.get("scene");
    if (this.#shown.length && !this.#shown.some((scene) => scene.id === chosen)) this.#state.set({ scene: this.first });
  }

  #prepareAttacks() {
    const attacks = new Set(
      this.#manifest.scenes.flatMap((scene) => scene.subjects.map((one) => one.facts.attack)).filter(Boolean));
    document.getElementById("attack-filters").hidden = attacks.size === 0;
    for (const attack of attacks) this.#attack.append(new Option(attack, attack));
  }

  // Whether a subject passes the filters by attack, success and distortion.
  accepts = (subject) => {
    const { facts } = subject;
    if (facts.attack === undefined) return true;
    const [attack, success, most] = ["attack", "success", "most"].map((name) => this.#state.get(name) ?? "");
    return (!attack || facts.attack === attack) && (!success || String(facts.success) === success) &&
      (most === "" || facts.L2 <= Number(most));
  };

  // The fields say what the state says; what one of them cannot say is left out.
  #tell() {
    for (const [name, field] of Object.entries(this.#fields)) {
      const value = this.#state.get(name) ?? "";
      if (field.value !== value) field.value = value;
    }
    this.#order.setAttribute("aria-pressed", String(this.#rises()));
  }

  update() {
    this.#tell();
    const wanted = (this.#state.get("filter") ?? "").toLowerCase();
    const key = this.#state.get("sort");
    const sign = this.#rises() ? 1 : -1;
    this.#shown = this.#manifest.scenes.filter((scene) =>
      scene.name.toLowerCase().includes(wanted) &&
      (scene.subjects.every((one) => one.facts.attack === undefined) ||
        scene.subjects.some((one) => one.facts.attack !== undefined && this.accepts(one))));
    if (key === "name") {
      this.#shown.sort((a, b) => sign * byName(a, b));
    } else {
      // What is not measured yet stands last, whatever the order.
      this.#shown.sort((a, b) => {
        const [one, other] = [a.statistics[key], b.statistics[key]];
        if (one === undefined || other === undefined) return (one === undefined) - (other === undefined);
        return sign * (one - other) || byName(a, b);
      });
    }
    this.#root.replaceChildren(...this.#shown.map((scene) => this.#option(scene)));
    const all = this.#manifest.scenes.length;
    const images = all === 1 ? "image" : "images";
    this.#count.textContent = this.#shown.length === all ? `${all} ${images}` : `${this.#shown.length} of ${all} ${images}`;
    this.#none.hidden = this.#shown.length > 0;
    this.#mark();
  }

  #option(scene) {
    let option = this.#options.get(scene.id);
    if (!option) {
      option = document.createElement("li");
      option.id = `scene-${scene.id}`;
      option.setAttribute("role", "option");
      option.innerHTML = '<span class="thumb"></span><span class="text"><span class="name"></span><span class="fact"></span></span>';
      option.addEventListener("click", () => this.#state.set({ scene: scene.id }));
      this.#options.set(scene.id, option);
    }
    this.#fill(option, scene);
    return option;
  }

  #fill(option, scene) {
    option.querySelector(".name").textContent = scene.name;
    const fact = option.querySelector(".fact");
    const key = this.#state.get("sort");
    const figures = [...this.#manifest.quantiles.figures, ...this.#manifest.statistics];
    const shown = figures.find((one) => one.key === key) ?? figures[0];
    const value = scene.statistics[shown.key];
    const title = this.#isQuantile(shown.key) && shown !== figures[0] ? "Quantile" : shown.title;
    option.classList.toggle("bad", Boolean(scene.error));
    if (scene.error) fact.textContent = scene.error;
    else if (value !== undefined) fact.textContent = `${title} ${number(value)}${ofWhich(scene)}`;
    else fact.textContent = scene.width ? `${scene.width} × ${scene.height}` : "waiting";
    const thumb = option.querySelector(".thumb");
    if (scene.thumbnail && !thumb.firstChild) {
      const image = new Image();
      image.loading = "lazy";
      image.alt = "";
      image.src = scene.thumbnail;
      thumb.append(image);
    }
  }

  #mark() {
    const chosen = this.#state.get("scene");
    for (const [id, option] of this.#options) option.setAttribute("aria-selected", String(id === chosen));
    const option = this.#options.get(chosen);
    if (option?.isConnected) {
      this.#root.setAttribute("aria-activedescendant", option.id);
      const box = option.getBoundingClientRect();
      const outer = this.#root.getBoundingClientRect();
      if (box.top < outer.top || box.bottom > outer.bottom) this.#root.scrollTop += box.top - outer.top - 40;
      if (box.left < outer.left || box.right > outer.right) this.#root.scrollLeft += box.left - outer.left - 40;
    } else {
      this.#root.removeAttribute("aria-activedescendant");
    }
  }

  // Choose the scene so many places further.
  step(by) {
    const place = this.#shown.findIndex((scene) => scene.id === this.#state.get("scene"));
    const next = this.#shown[Math.min(this.#shown.length - 1, Math.max(0, place + by))];
    if (next) this.#state.set({ scene: next.id });
  }

  #key(event) {
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: 8, PageUp: -8, Home: -1e9, End: 1e9 };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.step(steps[event.key]);
  }

  focusFilter() {
    this.#filter.focus();
    this.#filter.select();
  }
}
