// npm install onnxruntime-node   (in a browser: onnxruntime-web, and the same code)
import * as ort from "onnxruntime-node";

const session = await ort.InferenceSession.create(process.argv[2] ?? "c4_gradient.onnx");
const image = Float32Array.from({ length: 28 * 28 }, (_, i) => (i % 28) / 27);
const feeds = {
  [session.inputNames[0]]: new ort.Tensor("float32", image, [1, 1, 28, 28]),
  label: new ort.Tensor("int64", BigInt64Array.of(3n), [1]),
};

const { loss, input_gradient: gradient } = await session.run(feeds);
console.log("loss", loss.data[0], "of class 3; the gradient has the shape", gradient.dims);

// One step against the class: every sample by 8/255 at most, within [0, 1].
const attacked = image.map((value, i) =>
  Math.min(1, Math.max(0, value + (8 / 255) * Math.sign(gradient.data[i]))));
feeds[session.inputNames[0]] = new ort.Tensor("float32", attacked, [1, 1, 28, 28]);
console.log("loss after one step", (await session.run(feeds)).loss.data[0]);
