import Kubernetes
import Testing

@testable import Store

struct SortedObjectsTests {
    @Test func anEmptyCollectionHasNothing() {
        let objects = SortedObjects()
        #expect(objects[ObjectKey(name: "a")] == nil)
        #expect(Array(objects.objects(namespace: nil, after: nil)).isEmpty)
    }

    @Test func keysThatComeInOrderAreKeptInOrder() {
        var objects = SortedObjects()
        for number in 1000..<3000 { objects.insert(encoded("c\(number)")) }
        #expect(objects.count == 2000)
        #expect(objects.objects(namespace: nil, after: nil).map(\.key.name) == (1000..<3000).map { "c\($0)" })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func behavesAsADictionaryThatIsSorted(seed: UInt64) {
        var random = SeededGenerator(state: seed)
        var objects = SortedObjects()
        var model: [ObjectKey: EncodedObject] = [:]
        for step in 1...6000 {
            let (namespace, name) = (Int.random(in: 0..<4, using: &random), Int.random(in: 0..<900, using: &random))
            let key = ObjectKey(namespace: "n\(namespace)", name: "o\(name)")
            // Grows first and shrinks later, so that chunks are split and go.
            if Int.random(in: 0..<6000, using: &random) > step {
                let object = encoded(key.name, namespace: key.namespace, revision: Int64(step))
                #expect(objects.insert(object) === model.updateValue(object, forKey: key))
            } else {
                #expect(objects.remove(key) === model.removeValue(forKey: key))
            }
            #expect(objects[key] === model[key])
        }
        let sorted = model.values.sorted { $0.key < $1.key }
        #expect(objects.count == sorted.count)
        #expect(objects.objects(namespace: nil, after: nil).map(\.key) == sorted.map(\.key))
        for namespace in ["n0", "n3", "absent"] {
            let after = ObjectKey(namespace: namespace, name: "o5")
            let expected = sorted.filter { $0.key.namespace == namespace }
            #expect(objects.objects(namespace: namespace, after: nil).map(\.key) == expected.map(\.key))
            #expect(
                objects.objects(namespace: namespace, after: after).map(\.key) == expected.filter { $0.key > after }.map(\.key))
            #expect(objects.objects(namespace: nil, after: after).map(\.key) == sorted.filter { $0.key > after }.map(\.key))
        }
    }

    @Test func aCopyStaysAsItWas() {
        var objects = SortedObjects()
        for number in 100..<900 { objects.insert(encoded("c\(number)")) }
        let copy = objects
        for number in 100..<900 where number % 2 == 0 { objects.remove(ObjectKey(namespace: "default", name: "c\(number)")) }
        #expect(copy.count == 800)
        #expect(copy.objects(namespace: "default", after: nil).map(\.key.name) == (100..<900).map { "c\($0)" })
        #expect(objects.count == 400)
    }
}
