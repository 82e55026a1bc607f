export { MetalLb, type MetalLbOptions, startMetalLb, startMetalLbSpeakers } from './metallb.ts';
