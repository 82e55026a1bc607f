export { MetalLb, type MetalLbOptions, startMetalLb } from './metallb.ts';
