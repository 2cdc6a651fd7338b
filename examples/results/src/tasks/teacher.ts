/**
 * A network with its targets beside it: the last inputs are not for the network but what it should have said, and leave unchanged behind its
 * outputs. So a loss that looks at outputs alone can ask for something else in each step of each sample.
 */
import { type Layer, prepare } from '@snn/nn';

/** `[B, I + count] -> [B, C + count]` for a `network` of `[B, I] -> [B, C]`. */
export const withTeacher = (network: Layer, count: number): Layer => ({
  ...network,
  outputShape(input, path) {
    const [outputs] = network.outputShape(input === null ? null : [input[0] - count], path) as readonly number[];
    return [outputs + count];
  },
  prepare: (b, raw) => prepare(b, network, raw),
  initialState: (b, parameters, [batch, inputs], context) => network.initialState(b, parameters, [batch, inputs - count], context),
  step(b, parameters, state, input, context) {
    const [batch, inputs] = input.shape;
    const own = b.slice(input, [0, 0], [batch, inputs - count]);
    const targets = b.slice(input, [0, inputs - count], [batch, count]);
    const [output, next] = network.step(b, parameters, state, own, context);
    return [b.concat([output, targets], 1), next];
  },
});
